"""Configuration published: what differs goes to `control.settings`, and is seen in force.

with Configuration(settings) as configuration:
    found = configuration.plan(read_config(settings.config_dir))
    configuration.publish(found, actor="…", admin_key=key)
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from joserfc.jwk import OKPKey

from interlock.config_files import Wanted
from interlock.config_plan import Act, Difference, differences
from launch import wait_until
from processors.settings_log import reducer
from processors.signatures import SIGNED_KINDS, signed_setting
from processors.snapshot import Snapshot, setting_key
from schemas.codec import encode
from schemas.events import Setting
from schemas.faults import PassingFault, ProcessFault
from schemas.names import EventId, Topic
from streams.clients import Config, producer
from streams.control_feed import ControlFeed
from streams.envelope import event_headers

TIMEOUT_S = 15.0


class Configuration:
    """The control topic, followed while configuration is compared and published.

    Raises, when entered:
        PassingFault: the topic could not be read to its end in time.
        ProcessFault: it cannot be read at all.
    """

    def __init__(self, kafka: Config, admin_keys: Mapping[str, OKPKey]) -> None:
        self._kafka = kafka
        self._feed = ControlFeed(kafka, reducer(admin_keys), Snapshot())

    @property
    def in_force(self) -> Snapshot:
        return self._feed.snapshot

    def plan(self, wants: Sequence[Wanted], *, prune: bool = False) -> list[Difference]:
        return differences(wants, self.in_force, prune=prune)

    def publish(
        self, found: Sequence[Difference], *, actor: str, admin_key: OKPKey | None = None
    ) -> int:
        """Publish what differs and wait until it is in force; nothing differs, nothing is sent.

        Args:
            admin_key: signs approvers; needed only for those.

        Returns:
            How many records were written.

        Raises:
            PassingFault: `not_published`: the broker did not take a record, or it was not
                seen in time; publish again.
            ProcessFault: `admin_key_missing`, or `not_in_force`: a record was written but does
                not count, such as one signed by a key that is not trusted.
        """
        records = [self._setting(d, actor, admin_key) for d in found if d.act is not Act.KEEP]
        if not records:
            return 0
        last = write_settings(self._kafka, records)
        try:
            wait_until(lambda: self.in_force.version >= last, TIMEOUT_S, "the records to be seen")
        except TimeoutError as error:
            raise PassingFault("not_published", str(error)) from None
        for setting in records:
            self._check_in_force(setting)
        return len(records)

    def _setting(self, found: Difference, actor: str, admin_key: OKPKey | None) -> Setting:
        at = datetime.now(UTC)
        last = self.in_force.signed_at.get(setting_key(found.kind, found.key))
        if last is not None:
            # A signed record must be newer than the one it replaces.
            at = max(at, last + timedelta(microseconds=1))
        setting = Setting(kind=found.kind, key=found.key, value=found.value, actor=actor, at=at)
        if found.kind not in SIGNED_KINDS:
            return setting
        if admin_key is None:
            raise ProcessFault(
                "admin_key_missing", f"{found.kind.value} {found.key} must be signed by an admin"
            )
        return signed_setting(setting, admin_key)

    def _check_in_force(self, setting: Setting) -> None:
        name = setting_key(setting.kind, setting.key)
        current = self.in_force.settings.get(name)
        if (current.value if current else None) == setting.value:
            return
        problems = [p for p in self.in_force.problems if p.setting == name]
        why = problems[-1].text if problems else "another record came after it"
        raise ProcessFault("not_in_force", f"{name} was written but does not count: {why}")

    def __enter__(self) -> Self:
        self._feed.start()
        try:
            self._feed.wait_loaded(TIMEOUT_S)
        except BaseException:
            self._feed.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._feed.stop()


def write_settings(kafka: Config, records: Sequence[Setting]) -> int:
    """Write the records in order; the last one's offset.

    Raises:
        PassingFault: `not_published`.
    """
    client = Producer(producer(kafka))
    offsets: list[int] = []
    errors: list[KafkaError] = []

    def delivered(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            errors.append(error)
        else:
            offsets.append(message.offset() or 0)

    try:
        for setting in records:
            headers = event_headers(
                EventId(str(uuid.uuid4())), "config", setting, datetime.now(UTC)
            )
            client.produce(
                Topic.SETTINGS.value,
                value=encode(setting),
                key=setting_key(setting.kind, setting.key).encode(),
                headers=list(headers),
                on_delivery=delivered,
            )
        client.flush(TIMEOUT_S)
    except KafkaException as error:
        raise PassingFault("not_published", error.args[0].str()) from error
    if errors or len(offsets) < len(records):
        reason = errors[0].str() if errors else "the broker did not acknowledge it"
        raise PassingFault("not_published", f"{Topic.SETTINGS}: {reason}")
    return max(offsets)
