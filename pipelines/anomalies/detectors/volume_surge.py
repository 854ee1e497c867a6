"""Traffic that multiplies where it used to be steady."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="volume_surge",
    about="Accepted bytes of a VPC or an interface with steady traffic rise abruptly above what the season or, without "
    "one, the last 30 hours have shown. A job that also ran last night is nothing new.",
    unit="bytes per 5 minutes",
    kind="volume",
    rises="volume_surge",
    floor=1_000_000.0,  # 27 kbit/s; below, a single page load is a surge
    min_factor=3.0,
    noise=0.1,  # ten percent from bin to bin is nothing, in natural logarithms
    min_exposure=1.0,
    runbook="Which peers and ports are new? Backup, attack and exfiltration look alike from here.",
    mitre="T1498",  # Network Denial of Service
    sql="""
with traffic as (
    select time_bucket(interval '5 minutes', bucket_at) as bin_at, interface_id, max(vpc_id) as vpc_id,
        sum(case when action = 'ACCEPT' then bytes else 0 end) as bytes, 0 as lost
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
    select traffic.bin_at, traffic.interface_id, home.vpc_id, sum(traffic.bytes) as bytes, sum(traffic.lost) as lost
    from traffic join home on home.interface_id = traffic.interface_id
    group by 1, 2, 3
)
select bin_at, 'interface' as entity_kind, interface_id as entity_id, vpc_id as parent_id,
    cast(bytes as double) as value, cast(case when lost = 0 then 1 else 0 end as double) as exposure
from report
union all
select bin_at, 'vpc', vpc_id, null, cast(sum(bytes) as double), cast(count(*) filter (where lost = 0) as double)
from report
where vpc_id is not null
group by bin_at, vpc_id
""",
)
