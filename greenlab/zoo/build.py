"""Rebuild the trained weights that ship: `greenlab zoo rebuild NAME`, the recipes in code."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from greenlab import data, train
from greenlab.device import Lab
from greenlab.zoo import pruned
from greenlab.zoo.networks import count_parameters
from greenlab.zoo.weights import FOLDER, Ensemble, architecture, card, load, names

CARD = """# Model card: {name}

- **What**: {what}; {parameters:,} parameters, kept as float16.
- **Data**: {data}; see the data card of mnist10k. The test images are not MNIST's own.
- **Recipe**: {recipe}
- **Errors**: {errors} of 2,000 test images ({rate:.2f} %){more}.
- **Cost**: {seconds:.0f} seconds of training on {threads} CPU threads, torch {torch}.
- **Rebuild**: `greenlab zoo rebuild {name}` (same errors on the same kind of machine; another
  processor may round differently and move them by a few).
- **Use**: a teacher for the distillation lab. Not for reading real forms or checks.
"""


def train_teacher(model: nn.Module, split: data.Split, seed: int = 0, show: bool = False) -> None:
    """Train a dropout teacher in place: Adam on jittered digits, 60 epochs at 1e-3, 20 at 1e-4."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout draws from the global generator
    pairs = (split.train_x, split.train_y)
    for epochs, lr in ((60, 1e-3), (20, 1e-4)):
        train.fit(
            model,
            pairs,
            epochs=epochs,
            lr=lr,
            generator=generator,
            augment=train.jitter,
            show=show,
            what=f"teacher, lr {lr:g}",
        )


def train_members(model: Ensemble, split: data.Split, show: bool = False) -> None:
    """Train an ensemble's members in place: same digits, different first weights and shuffles."""
    x, y = train.jittered_copies(split.train_x, split.train_y, torch.Generator().manual_seed(0))
    for seed, member in enumerate(train.progress(model.members, "ensemble", show)):
        generator = torch.Generator().manual_seed(seed)
        train.fit(member, (x, y), epochs=10, lr=4e-3, batch=200, generator=generator)


def train_by_recipe(model: nn.Module, split: data.Split, show: bool = False) -> None:
    """Train a network of the zoo in place by the recipe of its kind: ensemble or teacher."""
    if isinstance(model, Ensemble):
        train_members(model, split, show)
    else:
        train_teacher(model, split, show=show)


def for_lab(name: str, lab: Lab, split: data.Split) -> nn.Module:
    """A network for a lab: the shipped weights, or at the paper's scale one trained here and now.

    Prints which. Raises KeyError for an unknown name.
    """
    if lab.scale == "class":
        model = load(name, lab.device)
        print(f'{name}: loaded, trained beforehand; print(zoo.card("{name}")) tells how')
    else:
        print(f"{name}: training it here on {split}")
        torch.manual_seed(lab.seed)
        model = architecture(name)
        if name in pruned.KEPT:
            pruned.train_dense(name, model, split, show=True)
            pruned.train_pruned(name, model, split, show=True)
        else:
            train_by_recipe(model, split, show=True)
        model.eval()
    print(f"{name}: {train.errors(model, split.test_x, split.test_y)} test errors")
    return model


def rebuild(name: str, folder: Path = FOLDER, show: bool = True) -> int:
    """Train `name` from nothing, write weights and model card into `folder`, return its errors.

    Raises KeyError for an unknown name, OSError when `folder` can't be written.
    """
    torch.manual_seed(0)
    model = architecture(name)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):  # now, not after minutes of training
        pass
    if name in pruned.KEPT:
        return pruned.rebuild(name, model, folder, show)
    split = data.mnist("mnist10k")
    began = time.perf_counter()
    train_by_recipe(model, split, show)
    seconds = time.perf_counter() - began
    more = ""
    if isinstance(model, Ensemble):
        recipe = "each network on the same 3 copies of the training images, moved by up to 1\n"
        recipe += "  pixel; Adam 4e-3, batch 200, 10 epochs; they differ by first weights and\n"
        recipe += "  shuffles alone. The ensemble's logits are the mean of theirs."
        what = "an ensemble of ten 784-100-100-10 networks"
    else:
        recipe = "dropout 0.5 on the hidden layers, images moved by up to 2 pixels; Adam, batch\n"
        recipe += "  100, 60 epochs at 1e-3, then 20 at 1e-4."
        what = "a 784-1200-1200-10 network"
    model.half().float()  # count the errors of what is kept
    if isinstance(model, Ensemble):
        alone = [train.errors(member, split.test_x, split.test_y) for member in model.members]
        more = f"; its members alone {min(alone)} to {max(alone)}"
    errors = train.errors(model, split.test_x, split.test_y)
    state = {key: value.half().contiguous() for key, value in model.state_dict().items()}
    save_file(state, folder / f"{name}.safetensors")
    text = CARD.format(
        name=name,
        what=what,
        parameters=count_parameters(model),
        data=repr(split).replace(" on cpu", ""),
        recipe=recipe,
        errors=errors,
        rate=errors / 20,
        more=more,
        seconds=seconds,
        threads=torch.get_num_threads(),
        torch=torch.__version__.split("+")[0],
    )
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return errors


def main(argv: list[str] | None = None) -> int:
    """The command `greenlab zoo`: list what ships, show a card, rebuild weights, a library."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["library"]:
        from greenlab.zoo import recorded  # scikit-learn's models take a while to import

        return recorded.main(argv[1:])
    parser = argparse.ArgumentParser(
        prog="greenlab zoo",
        description="The trained networks that ship with the package.",
        epilog="example: greenlab zoo rebuild ensemble_10x100 --out my_weights",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the names and sizes of what ships")
    show = commands.add_parser("card", help="print a model card")
    show.add_argument("name")
    build = commands.add_parser("rebuild", help="train again from nothing; same seed, same errors")
    build.add_argument("name")
    build.add_argument("--out", type=Path, default=Path("zoo"), help="folder to write to (./zoo)")
    commands.add_parser(
        "library", help="train a library of models for ensemble selection", add_help=False
    )
    args = parser.parse_args(argv)
    try:
        if args.command == "list":
            for name in names():
                size = (FOLDER / f"{name}.safetensors").stat().st_size
                print(f"{name}  {size / 1e6:.1f} MB")
        elif args.command == "card":
            print(card(args.name))
        else:
            errors = rebuild(args.name, args.out)
            print(f"{args.name}: {errors} errors of 2,000; written to {args.out}/")
    except KeyError as error:
        parser.error(error.args[0])
    except OSError as error:
        print(f"greenlab zoo: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
