# mistake: cools the GPUs alone
# says: multiplies the GPUs alone
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return hours * (cpu_watts + dram_watts + pue * gpus * gpu_watts) / 1000
