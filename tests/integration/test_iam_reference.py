"""The reference permission service, as a process, asked by the real asker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from pydantic import SecretStr

from interlock.iam import Asker, Wanted
from interlock.iam.opened import open_asker
from interlock.iam.reference.policies import FILE, Policies, TenantPolicies, read_policies
from interlock.settings import Settings
from launch import end, free_port, spawn, wait_until
from processors.permission import Permission, PermissionState, Question, User
from schemas.faults import ProcessFault
from schemas.names import TenantId

CONFIG = Path(__file__).parents[2] / "config"
ANA = User("ana@example.com", ("analyst",))
EVA = User("eva@example.com", ())
RULES = """
demo:
  everyone: ["notes:write", "mails:send"]
  services: ["notes:write"]
  roles:
    analyst: ["stock:adjust"]
  rates:
    mails: {permissions: ["mails:send"], limit: 3, window_s: 100000, per: user}
"""


def question(user: User | None, *permissions: str, tenant: str = "demo") -> Question:
    return Question(TenantId(tenant), user, "note", "note", "1.0.0", permissions)


@contextmanager
def service(folder: Path, rules: str, token: str | None = None) -> Iterator[str]:
    """The process `iam` on these rules; its address."""
    (folder / FILE.parent).mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(rules)
    url = f"http://127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ["PATH"],
        "IAM_URL": url,
        "INTERLOCK_CONFIG_DIR": str(folder),
        "INTERLOCK_STATE_DIR": str(folder / "state"),
        **({} if token is None else {"IAM_TOKEN": token}),
    }
    log = folder / "iam.log"
    with log.open("wb") as out:
        child = spawn(
            [sys.executable, "-m", "interlock", "run", "iam"],
            output=out,
            cwd=CONFIG.parent,
            env=environment,
        )

    def ready() -> bool:
        if child.poll() is not None:
            raise AssertionError(log.read_text())
        try:
            with urlopen(f"{url}/readyz", timeout=1):
                return True
        except OSError:
            return False

    try:
        wait_until(ready, 30, "the service to answer")
        yield url
    finally:
        end(child)


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    folder = tmp_path_factory.mktemp("iam")
    with service(folder, RULES) as url, ExitStack() as stack:
        yield open_asker(Settings(iam_url=url, iam_timeout_ms=5_000, iam_cache_s=0), stack)


def ask(asker: Asker, *questions: Question) -> list[Permission]:
    return list(asker.ask([Wanted(one, None) for one in questions]))


def states(permissions: list[Permission]) -> str:
    return " ".join(one.state.value for one in permissions)


def test_a_user_may_what_everyone_and_their_roles_may(asker: Asker) -> None:
    said = ask(
        asker,
        question(ANA, "notes:write"),
        question(ANA, "notes:write", "stock:adjust"),
        question(EVA, "stock:adjust"),
        question(ANA, "root"),
        question(ANA),
    )
    assert states(said) == "allowed allowed denied denied allowed"
    assert said[2].reason == "nothing gives this user stock:adjust"


def test_nobody_in_particular_may_what_services_may(asker: Asker) -> None:
    said = ask(asker, question(None, "notes:write"), question(None, "mails:send"))
    assert states(said) == "allowed denied"


def test_leaving_the_user_out_gains_nothing_under_the_shipped_rules() -> None:
    rules = Policies(read_policies(CONFIG / FILE))
    for user, may in ((None, False), (EVA, False), (ANA, True)):
        assert rules.rule(question(user, "inventory:adjust"), 1, 0.0).allowed is may
        assert rules.rule(question(user, "tasks:create"), 1, 0.0).allowed


def test_a_tenant_that_is_not_listed_may_nothing(asker: Asker) -> None:
    said = ask(asker, question(ANA, "notes:write", tenant="other"), question(ANA, tenant="other"))
    assert states(said) == "denied denied"


def test_a_rate_policy_has_room_for_so_many_and_each_user_their_own(asker: Asker) -> None:
    first = ask(asker, *[question(ANA, "mails:send")] * 2)
    then = ask(asker, *[question(ANA, "mails:send")] * 2, question(EVA, "mails:send"))
    rates = [one.rate for one in first + then]
    assert [rate.granted for rate in rates if rate] == [True, True, True, False, True]


def test_only_who_has_the_credential_is_answered(tmp_path: Path) -> None:
    with service(tmp_path, RULES, token="s3cret") as url, ExitStack() as stack:
        stranger = Settings(iam_url=url, iam_timeout_ms=5_000)
        known = stranger.model_copy(update={"iam_token": SecretStr("s3cret")})
        assert (
            ask(open_asker(known, stack), question(EVA, "notes:write"))[0].state
            is PermissionState.ALLOWED
        )
        [refused] = ask(open_asker(stranger, stack), question(EVA, "notes:write"))
        assert (refused.state, refused.reason) == (PermissionState.UNAVAILABLE, "http_401")


@pytest.mark.parametrize(
    "rules",
    [
        "demo: {everyon: []}",
        "demo: {everyone: notes}",
        'demo: {everyone: ["a"], services: ["a", "b"]}',
        "demo: {rates: {m: {permissions: [a], limit: -1, window_s: 1}}}",
        "demo: {}\ndemo: {}",
        "- demo",
    ],
)
def test_rules_that_say_something_else_are_refused_whole(tmp_path: Path, rules: str) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text(rules)
    with pytest.raises(ProcessFault, match="config_unreadable"):
        read_policies(file)


def test_a_window_ends() -> None:
    rates = {"m": {"permissions": ["p"], "limit": 1, "window_s": 60}}
    tenant = TenantPolicies.model_validate({"everyone": ["p"], "rates": rates})
    policies = Policies({"demo": tenant})
    granted = [
        ruling.rate.granted
        for now in (0.0, 59.9, 60.0)
        if (ruling := policies.rule(question(ANA, "p"), 5, now)).rate
    ]
    assert granted == [1, 0, 1]


def test_the_shipped_rules_let_the_demo_tenants_tools_be_used() -> None:
    from interlock.catalog.file import read_catalog

    policies = Policies(read_policies(CONFIG / FILE))
    analyst = User("luis@example.com", ("analyst",))
    for tool, plugin in read_catalog(CONFIG / "plugins" / "catalog.yaml").items():
        asked = question(analyst, *plugin.permissions)
        assert policies.rule(asked, 1, 0.0).allowed, tool
        assert not policies.rule(asked._replace(tenant_id=TenantId("acme")), 1, 0.0).allowed


def test_without_an_address_it_says_what_is_missing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "interlock", "run", "iam"],
        env={"PATH": os.environ["PATH"], "INTERLOCK_STATE_DIR": str(tmp_path)},
        cwd=CONFIG.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "IAM_URL is not set" in ended.stdout + ended.stderr
