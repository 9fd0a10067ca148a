"""What a test sees of an object of the student's that is no plain value.

A stand-in forwards calls, attributes, items, iteration, length and `with` to the box and brings
plain values back. It never answers a comparison: two stand-ins are equal when they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograder.engine.wire import WireError

if TYPE_CHECKING:
    from autograder.engine.session import Session

MAX_ITEMS = 1_000_000  # that a test takes from one iterator of the student's


class StandIn:
    """A function, class, object or model that lives in the box."""

    def __init__(self, session: Session, number: int, name: str, module: bool) -> None:
        inner(self).update(_session=session, _number=number, _name=name, _module=module, _asked="")

    def __del__(self) -> None:
        session_of(self).dropped.append(handle_of(self))

    @property
    def __class__(self) -> type:  # so that isinstance(model, nn.Module) holds
        if not inner(self)["_module"]:
            return StandIn
        from torch import nn

        return nn.Module

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return session_of(self).ask("call", self, arguments, keywords)

    def __own_work__(self, without: str) -> None:
        """What `greenlab.check.own_work` asks of a stand-in: told by the source, not the box."""
        from autograder.engine.ownwork import own_work

        own_work(inner(self)["_asked"], session_of(self).sources, without)

    def __getattr__(self, name: str) -> Any:
        if name == "__name__":
            return inner(self)["_name"]
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # __array__, __float__, … would let the box pose as a value
        return session_of(self).ask("attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        session_of(self).ask("set_attribute", self, name, value)

    def __getitem__(self, key: Any) -> Any:
        return session_of(self).ask("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        session_of(self).ask("set_item", self, key, value)

    def __len__(self) -> int:
        return session_of(self).ask("length", self)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        session = session_of(self)
        iterator = session.ask("iterate", self)
        for _ in range(MAX_ITEMS):
            try:
                yield session.ask("next", iterator)
            except StopIteration:
                return
        session.fault = WireError(f"more than {MAX_ITEMS:,} items from one iterator")
        raise session.fault

    def __next__(self) -> Any:
        return session_of(self).ask("next", self)

    def __enter__(self) -> Any:
        return session_of(self).ask("attribute", self, "__enter__")()

    def __exit__(self, *error: Any) -> bool:
        leave = session_of(self).ask("attribute", self, "__exit__")
        return leave(None, None, None) is True

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return handle_of(self)

    def __copy__(self) -> Any:
        return session_of(self).ask("copy", self, "copy")

    def __deepcopy__(self, memo: dict) -> Any:
        return session_of(self).ask("copy", self, "deepcopy")

    def __reduce_ex__(self, protocol: int) -> Any:
        raise TypeError("objects of the student's can't be pickled")

    def __str__(self) -> str:
        return session_of(self).ask("text", self, "str")

    def __repr__(self) -> str:
        return session_of(self).ask("text", self, "repr")


def inner(standin: StandIn) -> dict:
    return object.__getattribute__(standin, "__dict__")


def session_of(standin: StandIn) -> Session:
    return inner(standin)["_session"]


def handle_of(standin: StandIn) -> int:
    return inner(standin)["_number"]
