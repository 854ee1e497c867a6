"""A seeded AWS network that writes the files AWS would deliver, with incidents whose truth is known.

``simulate`` draws what exists (``network``), how much is asked for (``load``), what goes wrong (``incidents``,
``oddities``) and what that does (``fates``); ``observe`` decides who sees it; ``flows``, ``transit``, ``dns``,
``events``, ``metrics`` and ``internet`` put it in AWS's words; ``delivery`` and ``mishaps`` bring it to the bucket;
``labels`` keeps the truth beside it. It imports nothing else of ours and shares no code with the readers: a mistake
made twice would prove itself right.
"""

from pipelines.simulate.world import Simulation, simulate

__all__ = ["Simulation", "simulate"]
