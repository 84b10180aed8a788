"""Entry point of ``mmcli`` and ``python -m mmcli``."""

import gc

from mmcli.core import interruption


def main() -> None:
    """Run the program."""
    interruption.install()
    # Imports create many objects and no garbage; searching them for garbage takes 5 % of a short command's time.
    # `options.command` ends it.
    gc.disable()
    gc.set_threshold(50_000, 20, 50)
    from mmcli.cli.app import main as run

    try:
        run()
    finally:
        interruption.running("")
        gc.freeze()  # and skip the collection at exit


if __name__ == "__main__":
    main()
