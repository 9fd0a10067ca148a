# mistake: writes 1.58 in place of the argument
# says: fixed at 1.58
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return 1.58 * hours * (cpu_watts + dram_watts + gpus * gpu_watts) / 1000
