"""Network Manager saw routes come or go."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="routing_update",
    about="Routes installed or uninstalled, as Network Manager reports them: the trace of a change, or of a lost "
    "neighbour.",
    changes="(TGW_ROUTES?|SEGMENT_ROUTES?)_(UN)?INSTALLED|TGW_ROUTE_TABLE.*",
    symptoms={"transit_drop": 0.8, "volume_drop": 0.4, "probe_loss": 0.45, "probe_rtt": 0.3, "dns_failure": 0.25},
    tau_minutes=15.0,
    spans_vpcs=True,
    sentence="routes of the transit gateway were updated ({change} on {target})",
)
