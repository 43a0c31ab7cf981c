"""`python -m bot` runs the `ringkas` command line."""

from bot.cli import main

if __name__ == "__main__":
    main()
