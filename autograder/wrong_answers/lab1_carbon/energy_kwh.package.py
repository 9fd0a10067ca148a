# mistake: hands the work to the package
# says: here the point is to write it
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return carbon.energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue)
