"""Entry point of ``python -m mmcli``."""

from mmcli.cli.app import main

if __name__ == "__main__":
    main()
