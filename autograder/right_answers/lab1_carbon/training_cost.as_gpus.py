# different: the watts as those of one GPU, unpacked prices
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours=hours, cpu_watts=0, dram_watts=0, gpu_watts=watts, gpus=1)
    return (kwh, co2e(kwh)[0], *(price * devices * hours for price in PRICES[device]))
