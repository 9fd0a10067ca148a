# different: by way of joules, a tensor as the answer
import torch


def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    watts = torch.tensor([cpu_watts, dram_watts, gpu_watts * gpus], dtype=torch.float64)
    joules = watts.sum() * hours * 3600
    return pue * joules / 3.6e6
