# mistake: forgets the brackets behind the PUE
# says: multiplies the CPUs alone
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    return hours * (pue * cpu_watts + dram_watts + gpus * gpu_watts) / 1000
