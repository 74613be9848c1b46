"""`python -m plugins`: the plugin host by itself."""

import argparse

from plugins.serve import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m plugins", description=__doc__)
    parser.add_argument("--database-url", required=True, help="PostgreSQL URL")
    parser.add_argument("--reports-dir", required=True, help="folder for CSV reports")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8970, help="0 takes a free one")
    given = parser.parse_args()
    serve(given.database_url, given.host, given.port, given.reports_dir)


if __name__ == "__main__":
    main()
