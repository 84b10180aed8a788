"""Entry point of ``mmcli`` and ``python -m mmcli``."""

import gc


def main() -> None:
    """Run the program."""
    # Imports make many objects and no garbage; looking for it among them takes a twentieth of a short command.
    gc.set_threshold(50_000, 20, 50)
    from mmcli.cli.app import main as run

    try:
        run()
    finally:
        gc.freeze()  # nor is there any to look for at the end


if __name__ == "__main__":
    main()
