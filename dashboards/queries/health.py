"""Health: scores over time, the worst indicators, what contributes."""

from __future__ import annotations

from dashboards.queries import Query

SCORE_SERIES = Query(
    "score_series",
    """
select to_timestamp(floor(epoch(window_start) / $bin_s) * $bin_s) as bin_at,
       min(availability) as availability,
       min(performance) as performance,
       min(coverage) as coverage
from health.score
where entity_kind = 'network' and window_start >= $since and window_start < $until
group by 1
order by 1
""",
    bins=600,
    finest_s=300,
)

SCORE_LATEST = Query(
    "score_latest",
    """
select window_start, window_end, entity_id, availability, performance, coverage, state, contributors
from health.score
where entity_kind = 'network' and window_start >= $since and window_start < $until
order by window_start desc
limit 1
""",
)

SCORE_WORST = Query(
    "score_worst",
    """
select window_start, window_end, availability, performance, coverage, state, contributors
from health.score
where entity_kind = 'network' and window_start >= $since and window_start < $until
order by least(coalesce(availability, 100), coalesce(performance, 100)), window_start
limit 1
""",
)

ENTITY_SCORES = Query(
    "entity_scores",
    """
select entity_kind, entity_id,
       arg_max(state, window_start) as state,
       arg_max(availability, window_start) as availability,
       arg_max(performance, window_start) as performance,
       arg_max(coverage, window_start) as coverage,
       min(availability) as availability_low,
       min(performance) as performance_low,
       cast(count(*) filter (where state = 'bad') * 5 as bigint) as bad_minutes
from health.score
where entity_kind <> 'network' and window_start >= $since and window_start < $until
group by entity_kind, entity_id
order by bad_minutes desc, least(coalesce(availability_low, 100), coalesce(performance_low, 100)), entity_id
limit 15
""",
)

INDICATOR_STRIP = Query(
    "indicator_strip",
    """
with counted as (
    select entity_kind, entity_id, indicator, max(family) as family,
           count(*) filter (where state = 'bad') as bad_bins,
           count(*) filter (where state = 'warn') as warn_bins,
           max(weight) as weight
    from health.indicator
    where window_start >= $since and window_start < $until
    group by entity_kind, entity_id, indicator
),
ranked as (
    select *, row_number() over (
        partition by indicator order by bad_bins desc, warn_bins desc, weight desc nulls last, entity_kind, entity_id
    ) as place
    from counted
),
worst as (
    select *
    from ranked
    where place <= 4
    order by family = 'coverage', bad_bins desc, warn_bins desc, weight desc nulls last, entity_id, indicator
    limit 20
)
select to_timestamp(floor(epoch(i.window_start) / $bin_s) * $bin_s) as bin_at,
       w.entity_kind, w.entity_id, w.indicator,
       max(case i.state when 'bad' then 3 when 'warn' then 2 when 'good' then 1 else 0 end) as level,
       arg_max(i.value, row(
           case i.state when 'bad' then 3 when 'warn' then 2 when 'good' then 1 else 0 end, i.window_start
       )) as value,
       avg(i.baseline) as baseline,
       cast(max(w.bad_bins) as bigint) as bad_bins,
       cast(max(w.warn_bins) as bigint) as warn_bins,
       coalesce(max(w.family) = 'coverage', false) as is_coverage
from health.indicator i
join worst w on i.entity_kind is not distinct from w.entity_kind
            and i.entity_id is not distinct from w.entity_id
            and i.indicator is not distinct from w.indicator
where i.window_start >= $since and i.window_start < $until
group by 1, 2, 3, 4
order by is_coverage, bad_bins desc, warn_bins desc, w.entity_id, w.indicator, 1
""",
    bins=98,
    finest_s=300,
)
