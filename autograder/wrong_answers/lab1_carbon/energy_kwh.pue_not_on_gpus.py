# mistake: leaves the GPUs without cooling
# says: it is for the GPUs too
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return hours * (pue * (cpu_watts + dram_watts) + gpus * gpu_watts) / 1000
