"""The asker that the settings name, until the process ends."""

from contextlib import ExitStack

from interlock.iam import NO_IAM, Asker
from interlock.settings import Settings

LEAST_BATCH_S = 1.0


def open_asker(settings: Settings, stack: ExitStack) -> Asker:
    """The IAM of the settings, or nobody."""
    if settings.iam_url is None:
        return NO_IAM
    # An HTTP client is nothing for processes that never ask.
    from interlock.iam.asker import IamAsker
    from interlock.iam.cache import AnswerCache
    from interlock.iam.client import IamClient

    timeout_s = settings.iam_timeout_ms / 1000
    client = IamClient(
        settings.iam_url, timeout_s, max(LEAST_BATCH_S, 3 * timeout_s), lambda: token(settings)
    )
    stack.callback(client.close)
    return IamAsker(client, AnswerCache(settings.iam_cache_s))


def token(settings: Settings) -> str | None:
    """The service's credential; None if there is none. A file is read anew: secrets are rotated.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is nothing in it, or what no header can carry.
    """
    if settings.iam_token_file is not None:
        said = settings.iam_token_file.read_text(encoding="utf-8").strip()
    elif settings.iam_token is not None:
        said = settings.iam_token.get_secret_value()
    else:
        return None
    if not said or not said.isascii() or not said.isprintable():
        raise ValueError("not a token")
    return said
