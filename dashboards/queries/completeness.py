"""How complete the data are: the ledger, rejects, gaps that the logs admit, hours without data."""

from __future__ import annotations

from dashboards.queries import Query

SOURCES = Query(
    "sources",
    """
select source,
       cast(count(*) as bigint) as object_count,
       cast(count(*) filter (where state = 'dead') as bigint) as dead_count,
       cast(count(*) filter (where state = 'duplicate') as bigint) as duplicate_count,
       cast(sum(size) as bigint) as bytes,
       cast(sum(rows_in) as bigint) as rows_in,
       cast(sum(rows_out) as bigint) as rows_out,
       cast(sum(rows_rejected) as bigint) as rows_rejected,
       cast(sum(rows_duplicate) as bigint) as rows_duplicate,
       max(list_max(hours)) as last_hour,
       max(modified_at) as last_modified_at,
       max(ingested_at) as last_ingested_at
from ops.ingested_object
group by source
order by source
limit 50
""",
)

HOURS = Query(
    "hours",
    """
select to_timestamp(floor(epoch(hour_at) / $bin_s) * $bin_s) as bin_at, source, cast(count(*) as bigint) as object_count
from (
    select source, try_cast(unnest(hours) || ':00:00+00' as timestamptz) as hour_at
    from ops.ingested_object
    where state = 'ingested'
)
where hour_at >= $since and hour_at < $until
group by 1, 2
order by 2, 1
limit 2000
""",
    bins=120,
    finest_s=3600,
)

REJECTS = Query(
    "rejects",
    """
select source, reason,
       cast(count(*) as bigint) as record_count,
       cast(count(distinct uri) as bigint) as object_count,
       min(uri) as sample_uri,
       min(left(record, 120)) as sample_record
from ops.reject
group by source, reason
order by record_count desc, source, reason
limit 15
""",
)

LOG_COVERAGE = Query(
    "log_coverage",
    """
select log_status, vpc_id,
       cast(count(*) as bigint) as window_count,
       cast(count(distinct interface_id) as bigint) as interface_count,
       min(event_at) as first_at,
       max(event_at) as last_at
from core.log_coverage
where event_at >= $since and event_at < $until
group by log_status, vpc_id
order by (log_status = 'SKIPDATA') desc, window_count desc, vpc_id
limit 20
""",
)

SKIPDATA_SERIES = Query(
    "skipdata_series",
    """
select to_timestamp(floor(epoch(event_at) / $bin_s) * $bin_s) as bin_at, log_status as series,
       cast(count(*) as bigint) as window_count
from core.log_coverage
where event_at >= $since and event_at < $until
group by 1, 2
order by 2, 1
limit 2000
""",
    bins=240,
    finest_s=600,
)

# One query per table: a lake that lacks one of them still has a span.
EXTENTS = tuple(
    Query(f"extent_{table.replace('.', '_')}", sql)
    for table, sql in {
        "core.flow": "select min(event_at) as first_at, max(event_at) as last_at from core.flow",
        "core.transit_flow": "select min(event_at) as first_at, max(event_at) as last_at from core.transit_flow",
        "core.dns_query": "select min(event_at) as first_at, max(event_at) as last_at from core.dns_query",
        "core.metric_point": "select min(event_at) as first_at, max(event_at) as last_at from core.metric_point",
        "core.internet_measurement": (
            "select min(event_at) as first_at, max(event_at) as last_at from core.internet_measurement"
        ),
        "core.network_event": "select min(event_at) as first_at, max(event_at) as last_at from core.network_event",
        "health.score": "select min(window_start) as first_at, max(window_end) as last_at from health.score",
    }.items()
)
