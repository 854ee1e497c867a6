"""Incidents and the changes that explain them."""

from __future__ import annotations

from dashboards.queries import Query

INCIDENTS = Query(
    "incidents",
    """
select incident_id, "class", kind, start_at, end_at, detected_at, entities, finding_ids, cause_event_id,
       cause, blame, confidence, severity, summary, evidence
from finding.incident
where start_at < $until and coalesce(end_at, $until) >= $since
order by (end_at is null) desc, severity desc nulls last, start_at desc, incident_id
limit 60
""",
)

INCIDENT_COUNTS = Query(
    "incident_counts",
    """
select cast(count(*) as bigint) as incident_count,
       cast(count(*) filter (where end_at is null) as bigint) as open_count
from finding.incident
where start_at < $until and coalesce(end_at, $until) >= $since
""",
)

CAUSE_EVENTS = Query(
    "cause_events",
    """
select event_id, event_at, provider, kind, change_type, description, actor, region, is_failed
from core.network_event
where event_id in (
    select cause_event_id from finding.incident
    where start_at < $until and coalesce(end_at, $until) >= $since
)
order by event_at, event_id
limit 200
""",
)
