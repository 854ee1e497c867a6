"""Changes of the network: Network Manager events and CloudTrail calls."""

from __future__ import annotations

from dashboards.queries import Query

EVENTS = Query(
    "events",
    """
select event_at, event_id, provider, kind, change_type, description, region, account_id, actor,
       is_failed, error_code, array_to_string(entity_ids, ', ') as entities,
       cast(count(*) over () as bigint) as event_count
from core.network_event
where event_at >= $since and event_at < $until
order by event_at desc, event_id
limit 500
""",
)
