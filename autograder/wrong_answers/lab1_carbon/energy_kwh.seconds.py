# mistake: makes seconds of the hours
# says: a kilowatt-hour wants hours
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    seconds = 3600 * hours
    return pue * seconds * (cpu_watts + dram_watts + gpus * gpu_watts) / 1000
