"""Do the flow logs see what happens?"""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="log_coverage",
    about="Share of an interface's flow log that is missing: capture windows that AWS lost (SKIPDATA), or 1 for an "
    "interface that reported within the last three hours and has now reported nothing, not even NODATA, for 20 minutes "
    "(a 600 s log reports every 10 minutes, its first packet up to 10 minutes late).",
    unit="share",
    family="coverage",
    judge="verdict",
    good=0.01,
    warn=0.1,
    bad=0.5,
    weighs=("interface",),
    runbook="SKIPDATA: AWS lost records, nothing to do. Silent: was the interface deleted, the flow log deleted, or "
    "its delivery denied (DescribeFlowLogs: DeliverLogsErrorMessage)?",
    sql="""
with report as (
    select time_bucket(interval '5 minutes', bucket_at) as bin, interface_id, vpc_id,
        count(distinct bucket_at) as heard, 0 as lost
    from rollup.flow_1m
    where bucket_at >= $window_start - interval 3 hours and bucket_at < $window_end and interface_id like 'eni-%'
    group by 1, 2, 3
    union all
    select time_bucket(interval '5 minutes', event_at), interface_id, vpc_id,
        count(*) filter (where log_status <> 'SKIPDATA'), count(*) filter (where log_status = 'SKIPDATA')
    from core.log_coverage
    where event_at >= $window_start - interval 3 hours and event_at < $window_end and interface_id like 'eni-%'
    group by 1, 2, 3
), by_bin as (
    select bin, interface_id, sum(heard) as heard, sum(lost) as lost from report group by 1, 2
), interface as (
    select interface_id, max(vpc_id) as vpc_id, min(bin) as first_bin from report group by 1
), grid as (
    select unnest(generate_series(
        time_bucket(interval '5 minutes', cast($window_start as timestamptz) - interval 3 hours),
        cast($window_end as timestamptz) - interval 5 minutes, interval 5 minutes)) as bin
), cell as (
    select grid.bin, interface.interface_id, interface.vpc_id, by_bin.heard, by_bin.lost,
        count(by_bin.bin) over recent as recent_reports, count(by_bin.bin) over hours as known_reports
    from grid
    join interface on grid.bin >= interface.first_bin
    left join by_bin on by_bin.bin = grid.bin and by_bin.interface_id = interface.interface_id
    window recent as (partition by interface.interface_id order by grid.bin rows between 3 preceding and current row),
        hours as (partition by interface.interface_id order by grid.bin rows between 36 preceding and current row)
), missing as (
    select bin, interface_id, vpc_id, cast(known_reports as double) as exposure,
        cast(case when recent_reports = 0 then 1.0 else coalesce(lost / nullif(lost + heard, 0), 0.0) end as double)
            as value
    from cell
    where bin >= $window_start and known_reports > 0
)
select bin as window_start, 'interface' as entity_kind, interface_id as entity_id, value, exposure from missing
union all
select bin, 'vpc', vpc_id, cast(avg(value) as double), cast(sum(exposure) as double)
from missing
where vpc_id is not null
group by bin, vpc_id
""",
)
