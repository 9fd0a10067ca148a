# mistake: multiplies CPU and DRAM by the number of GPUs
# says: multiplies CPU and DRAM too
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return pue * hours * gpus * (cpu_watts + dram_watts + gpu_watts) / 1000
