# mistake: puts the PUE to the memory
# says: multiplies the memory alone
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return hours * (cpu_watts + pue * dram_watts + gpus * gpu_watts) / 1000
