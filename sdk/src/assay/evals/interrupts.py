"""Ctrl-C as the cancellation of one coroutine.

`asyncio.run` handles SIGINT in Python code, which runs only when the main thread next executes a bytecode;
while the loop sleeps in its selector and other threads do the work, that can be minutes away. A handler of
the loop itself is woken through its self-pipe instead.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_interruptible(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop of its own; Ctrl-C cancels it, a second one raises KeyboardInterrupt.

    Off the main thread, or where the program handles SIGINT itself, it is plain `asyncio.run`.
    """
    ours = threading.current_thread() is threading.main_thread()
    if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        return asyncio.run(_guarded(work))
    return asyncio.run(work)


async def _guarded(work: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    pressed = False

    def on_sigint() -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        task.cancel()

    try:
        loop.add_signal_handler(signal.SIGINT, on_sigint)
    except NotImplementedError:  # Windows: the handler of asyncio.run has to do
        return await task
    try:
        return await task
    finally:
        loop.remove_signal_handler(signal.SIGINT)
