# mistake: forgets the brackets
# says: brackets are missing
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return pue * hours * cpu_watts + dram_watts + gpus * gpu_watts / 1000
