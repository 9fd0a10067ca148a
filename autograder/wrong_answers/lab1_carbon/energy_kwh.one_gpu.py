# mistake: ignores the number of GPUs
# says: the number of GPUs is missing
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return pue * hours * (cpu_watts + dram_watts + gpu_watts) / 1000
