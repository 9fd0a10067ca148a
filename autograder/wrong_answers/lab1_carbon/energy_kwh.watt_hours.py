# mistake: leaves watts as they are
# says: a kilowatt is 1000 watts
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return pue * hours * (cpu_watts + dram_watts + gpus * gpu_watts)
