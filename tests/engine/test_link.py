"""Frames cross whole, in whatever pieces they come; two where one is owed are refused."""

import socket
import threading

import pytest

from autograder.engine.link import HEAD, MAX_FRAME, SMALL, Gone, receive, send, ticking
from autograder.engine.wire import WireError

SIZES = [0, 1, 100, SMALL - HEAD.size, SMALL - HEAD.size + 1, SMALL + 1, 5_000_000]


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def framed(message):
    return HEAD.pack(len(message)) + message


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_a_frame_of_any_size_crosses_a_socket_that_takes_little_at_a_time(pair, alone, size):
    ours, theirs = pair
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    message = bytes(n % 251 for n in range(size))
    sender = threading.Thread(target=send, args=(ticking(ours), message))
    sender.start()
    assert receive(ticking(theirs), alone=alone) == message
    sender.join()


@pytest.mark.parametrize("alone", [False, True])
def test_a_frame_crosses_byte_by_byte(pair, alone):
    ours, theirs = pair
    looks = []

    def drip():
        for byte in framed(b"drop by drop"):
            ours.sendall(bytes([byte]))

    sender = threading.Thread(target=drip)
    sender.start()
    assert receive(ticking(theirs), lambda: looks.append(1), alone=alone) == b"drop by drop"
    assert looks
    sender.join()


def test_frames_that_follow_each_other_are_read_one_by_one(pair):
    ours, theirs = pair
    ours.sendall(framed(b"one") + framed(b"two"))
    assert [receive(theirs), receive(theirs)] == [b"one", b"two"]


def test_a_second_answer_where_one_is_owed_is_refused(pair):
    ours, theirs = pair
    ours.sendall(framed(b"one") + framed(b"two"))
    with pytest.raises(WireError, match="more than one answer"):
        receive(theirs, alone=True)


@pytest.mark.parametrize("alone", [False, True])
def test_a_frame_that_claims_too_much_is_refused_before_room_is_made(pair, alone):
    ours, theirs = pair
    ours.sendall(HEAD.pack(MAX_FRAME + 1))
    with pytest.raises(WireError, match="too large"):
        receive(theirs, alone=alone)


@pytest.mark.parametrize("sent", [b"", b"\5\0", framed(b"whole")[:-1]])
def test_an_end_in_the_middle_is_told(pair, sent):
    ours, theirs = pair
    ours.sendall(sent)
    ours.close()
    with pytest.raises(Gone):
        receive(theirs, alone=True)
