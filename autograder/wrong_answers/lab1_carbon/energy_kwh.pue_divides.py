# mistake: divides by the PUE
# says: the PUE divides; it multiplies
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return hours * (cpu_watts + dram_watts + gpus * gpu_watts) / 1000 / pue
