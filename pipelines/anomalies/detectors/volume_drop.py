"""Traffic that stops where it used to be steady."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="volume_drop",
    about="Accepted flows of a VPC or an interface with steady traffic fall abruptly below what the season or, without "
    "one, the last 30 hours have shown. Flows, not bytes: losing one bulk transfer is no outage. An interface that "
    "does not report at all is a gap of the log, not of traffic.",
    unit="flows per 5 minutes",
    kind="count",
    rises=None,
    falls="volume_drop",
    floor=10.0,  # of fewer, none in a bin is within chance
    min_factor=2.0,
    noise=0.1,  # ten percent from bin to bin is nothing, in natural logarithms
    min_exposure=1.0,
    runbook="Did the peers, the route, a rule or the load balancer change, or did the clients leave?",
    sql="""
with traffic as (
    select time_bucket(interval '5 minutes', bucket_at) as bin_at, interface_id, max(vpc_id) as vpc_id,
        sum(case when action = 'ACCEPT' then flow_count else 0 end) as flows, 0 as lost
    from rollup.flow_1m
    where bucket_at >= $window_start and bucket_at < $window_end and interface_id like 'eni-%'
    group by 1, 2
    union all
    select time_bucket(interval '5 minutes', event_at), interface_id, max(vpc_id), 0,
        count(*) filter (where log_status = 'SKIPDATA')
    from core.log_coverage
    where event_at >= $window_start and event_at < $window_end and interface_id like 'eni-%'
    group by 1, 2
), home as (
    select interface_id, max(vpc_id) as vpc_id from traffic group by 1
), report as (
    select traffic.bin_at, traffic.interface_id, home.vpc_id, sum(traffic.flows) as flows, sum(traffic.lost) as lost
    from traffic join home on home.interface_id = traffic.interface_id
    group by 1, 2, 3
)
select bin_at, 'interface' as entity_kind, interface_id as entity_id, vpc_id as parent_id,
    cast(flows as double) as value, cast(case when lost = 0 then 1 else 0 end as double) as exposure
from report
union all
select bin_at, 'vpc', vpc_id, null, cast(sum(flows) as double), cast(count(*) filter (where lost = 0) as double)
from report
where vpc_id is not null
group by bin_at, vpc_id
""",
)
