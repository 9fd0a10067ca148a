# different: adds up the kWh of each part in a loop
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    kwh = 0.0
    for watts, count in ((cpu_watts, 1), (dram_watts, 1), (gpu_watts, gpus)):
        kwh += hours * watts * count * 1e-3
    return kwh * pue
