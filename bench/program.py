"""The program with the made-up channels of this folder. Takes what `python -m duologue` takes, after `-m duologue`.

With `BENCH_PROFILE` set to a folder, where its time went is written there when it ends; it is slower then.
"""

import cProfile
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[0] = str(HERE.parent)

import duologue.channels  # noqa: E402
from duologue.__main__ import main  # noqa: E402

duologue.channels.__path__.append(str(HERE / "made_up"))
sys.argv[1:3] = []
if folder := os.environ.get("BENCH_PROFILE"):
    profile = cProfile.Profile()
    try:
        profile.runcall(main)
    finally:
        profile.dump_stats(Path(folder) / f"{sys.argv[1]}-{os.getpid()}.profile")
else:
    main()
