"""What whoever runs processes under the supervisor is promised, with tiny real processes."""

import io
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from interlock.supervisor import Backoff, ProcessSpec, Supervisor, stop_signals
from launch import wait_until

QUICK = Backoff(first_s=0.01, longest_s=0.05, well_after_s=60.0)
SLEEPS = "import time\nprint('up', flush=True)\ntime.sleep(600)"
SERVES = """
    import http.server, os
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(STATUS)
            self.end_headers()
            self.wfile.write(b"waiting for a broker")
        def log_message(self, *_):
            pass
    port = int(os.environ["INTERLOCK_HEALTH_PORT"])
    http.server.HTTPServer(("127.0.0.1", port), Ready).serve_forever()
"""

pytestmark = pytest.mark.timing


def python(name: str, code: str, **env: str) -> ProcessSpec:
    return ProcessSpec(name, [sys.executable, "-S", "-c", textwrap.dedent(code)], env)


def soon(condition: Callable[[], object], what: str) -> None:
    wait_until(lambda: bool(condition()), 10, what)


def gone(pid: int) -> bool:
    """Ended; a grandchild may stay a zombie for as long as init likes."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log" / "interlock.log"


def test_a_killed_process_is_started_again(log: Path) -> None:
    with Supervisor([python("stage", SLEEPS)], log, backoff=QUICK) as supervisor:
        soon(lambda: supervisor.pid("stage"), "the first start")
        first = supervisor.pid("stage")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        soon(lambda: supervisor.pid("stage") not in (None, first), "the second start")
        assert supervisor.exits("stage") == 1
    assert "ended with exit code -9" in log.read_text()


def test_a_process_that_ends_by_itself_is_started_again_and_again(log: Path) -> None:
    with Supervisor([python("stage", "print('here')")], log, backoff=QUICK) as supervisor:
        soon(lambda: supervisor.exits("stage") >= 3, "three ends")


def test_the_pause_before_a_restart_doubles(log: Path) -> None:
    backoff = Backoff(first_s=0.05, longest_s=0.2, well_after_s=60.0)
    code = "import time; print(time.monotonic(), flush=True)"
    with Supervisor([python("stage", code)], log, backoff=backoff) as supervisor:
        soon(lambda: supervisor.exits("stage") >= 5, "five ends")
    lines = [line.split("|")[1] for line in log.read_text().splitlines() if "ended" not in line]
    times = [float(line) for line in lines]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    for pause, least in zip(pauses, (0.05, 0.1, 0.2, 0.2), strict=False):
        assert pause >= least


def test_the_pause_is_short_again_after_a_process_stayed_up(log: Path) -> None:
    backoff = Backoff(first_s=0.01, longest_s=600.0, well_after_s=0.0)
    # Without the reset ten doublings would take ten seconds, twenty three hours.
    with Supervisor([python("stage", "pass")], log, backoff=backoff) as supervisor:
        wait_until(lambda: supervisor.exits("stage") >= 20, 20, "twenty ends")


def test_a_program_that_is_not_there_is_said_in_the_log_and_tried_again(log: Path) -> None:
    spec = ProcessSpec("stage", ["/nonexistent/program"])
    with Supervisor([spec], log, backoff=QUICK) as supervisor:
        soon(lambda: supervisor.exits("stage") >= 2, "two attempts")
    assert "cannot be started" in log.read_text()


def test_stop_lets_a_process_end_in_its_own_way(log: Path) -> None:
    code = """
        import signal, sys, time
        def drain(*_):
            print("drained", flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, drain)
        print("up", flush=True)
        time.sleep(600)
    """
    with Supervisor([python("stage", code)], log) as supervisor:
        soon(lambda: "up" in log.read_text(), "the process to be up")
        pid = supervisor.pid("stage")
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert "drained" in log.read_text()
    assert "started again" not in log.read_text()


def test_a_process_that_ignores_the_stop_is_killed_after_the_grace(log: Path) -> None:
    code = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("up", flush=True)
        time.sleep(600)
    """
    supervisor = Supervisor([python("stubborn", code), python("good", SLEEPS)], log, grace_s=0.3)
    supervisor.start()
    soon(lambda: log.read_text().count("up") == 2, "both to be up")
    pids = [supervisor.pid("stubborn"), supervisor.pid("good")]
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 5
    assert not any(pid is None or psutil.pid_exists(pid) for pid in pids)


def test_stop_ends_a_process_that_waits_for_its_restart(log: Path) -> None:
    slow = Backoff(first_s=600.0)
    with Supervisor([python("stage", "pass")], log, backoff=slow) as supervisor:
        soon(lambda: supervisor.exits("stage") == 1, "the end")
    assert supervisor.exits("stage") == 1


def test_what_a_process_leaves_behind_does_not_outlive_it(log: Path) -> None:
    code = """
        import subprocess, sys
        left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("left", left.pid, flush=True)
    """
    slow = Backoff(first_s=600.0)
    with Supervisor([python("stage", code)], log, backoff=slow) as supervisor:
        soon(lambda: supervisor.exits("stage") == 1, "the end")
        left = int(log.read_text().split("left", 1)[1].split()[0])
        soon(lambda: gone(left), "the grandchild to die")


def test_all_lines_of_all_processes_end_in_one_log_under_their_names(log: Path) -> None:
    echo = io.StringIO()
    count = 200
    chatter = f"""
        import sys
        for n in range({count}):
            print("line", n, "." * 200)
        print("to stderr", file=sys.stderr, end="")
    """
    slow = Backoff(first_s=600.0)
    specs = [python("one", chatter), python("two", chatter)]
    with Supervisor(specs, log, echo=echo, backoff=slow) as supervisor:
        soon(lambda: supervisor.exits("one") + supervisor.exits("two") == 2, "both to end")
    written = log.read_text().splitlines()
    for name in ("one", "two"):
        lines = [line.split(" | ")[1] for line in written if line.startswith(f"{name} ")]
        assert lines[:count] == [f"line {n} {'.' * 200}" for n in range(count)] or set(lines) >= {
            f"line {n} {'.' * 200}" for n in range(count)
        }
        assert "to stderr" in lines
    assert echo.getvalue() == log.read_text()


def test_wait_ready_returns_when_all_answer(log: Path) -> None:
    specs = [python(name, SERVES.replace("STATUS", "200")) for name in ("draft", "assess")]
    with Supervisor(specs, log) as supervisor:
        supervisor.wait_ready(timeout_s=10)
        assert supervisor.health_port("draft") != supervisor.health_port("assess")


def test_wait_ready_says_who_is_not_ready_and_why(log: Path) -> None:
    specs = [
        python("draft", SERVES.replace("STATUS", "200")),
        python("assess", SERVES.replace("STATUS", "503")),
    ]
    with Supervisor(specs, log) as supervisor:
        supervisor.wait_ready(["draft"], timeout_s=10)
        with pytest.raises(TimeoutError, match=r"assess .* waiting for a broker") as raised:
            supervisor.wait_ready(timeout_s=0.3)
        assert "draft" not in str(raised.value)


def test_a_process_gets_its_environment(log: Path) -> None:
    code = "import os; print(os.environ['COLOUR'], 'PATH' in os.environ)"
    with Supervisor([python("stage", code, COLOUR="green")], log, backoff=QUICK):
        soon(lambda: "green True" in log.read_text(), "the variable")


def test_two_processes_of_one_name_are_refused(log: Path) -> None:
    with pytest.raises(ValueError, match="same name"):
        Supervisor([python("stage", SLEEPS), python("stage", SLEEPS)], log)


PARENT = """
    import sys, threading
    from pathlib import Path
    from interlock.supervisor import ProcessSpec, Supervisor, unwinding_on_signals
    child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    spec = ProcessSpec("stage", [sys.executable, "-S", "-c", child])
    with unwinding_on_signals(), Supervisor([spec], Path(sys.argv[1]), grace_s=0.2) as supervisor:
        while (pid := supervisor.pid("stage")) is None:
            pass
        print(pid, flush=True)
        supervisor.run()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
@pytest.mark.parametrize(
    ("by", "code"),
    [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, -2)],
)
def test_no_process_outlives_the_supervisor(log: Path, by: signal.Signals, code: int) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(by)
        try:
            assert parent.wait(10) == code
        finally:
            parent.kill()
    soon(lambda: gone(child), "the child to die")


def test_the_first_stop_signal_sets_the_event_and_the_second_interrupts() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals() as stop:
        assert not stop.wait(0)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before
