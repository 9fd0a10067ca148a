# mistake: applies the PUE twice
# says: the PUE is applied twice
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    watts = pue * (cpu_watts + dram_watts + gpus * gpu_watts)
    return pue * hours * watts / 1000
