"""Resets signals to what a terminal would give: a shell without job control ignores some for background processes,
and everything that the tests start would inherit that."""

import signal

for number, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, default)
