"""What every local start needs, applied so that a second time changes nothing: migrations,
topics, keys, and the demo's settings."""

from confluent_kafka.admin import AdminClient
from sqlalchemy import create_engine

from interlock.config_files import read_config, wanted
from interlock.configuration import Configuration
from interlock.keys import ensure_local_keys
from interlock.settings import Settings
from schemas.names import SettingKind
from state.migrate import migrate
from streams.topic_declarations import load_topics
from streams.topics import apply, plan


def prepare(settings: Settings) -> None:
    """Bring database, topics and settings to what this code expects, with the demo's tenant and
    a local approver.

    Raises:
        PassingFault, ProcessFault: the cluster or the database does not take it.
    """
    engine = create_engine(settings.database_url)
    migrate(engine)
    engine.dispose()
    kafka = settings.kafka.client_config()
    admin = AdminClient(kafka)
    declared = load_topics(settings.topics_file)
    apply(admin, declared, plan(admin, declared))
    keys = ensure_local_keys(settings.state_dir)
    approver = keys.approver
    wants = [
        *read_config(settings.config_dir, demo=True, tenant_defaults=settings.tenant_defaults()),
        wanted(SettingKind.APPROVER, str(approver.key.kid), approver.setting),
    ]
    with Configuration(kafka, {str(keys.admin.kid): keys.admin}) as configuration:
        found = configuration.plan(wants)
        configuration.publish(found, actor="interlock local mode", admin_key=keys.admin)
