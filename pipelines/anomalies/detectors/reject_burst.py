"""Connections rejected on a service that used to be accepted."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="reject_burst",
    about="Share of rejected flows on services (interface, protocol, lower port) that were accepted before. Scanners "
    "try ports that never were, so they do not count. Covers requests and, for a network ACL, replies.",
    unit="share",
    kind="ratio",
    rises="reject_burst",
    floor=0.05,
    min_change=0.05,
    min_factor=3.0,
    min_count=5.0,
    look_back_days=2,  # reads core.flow; rejects have no season worth two weeks of raw rows
    runbook="Which port and which sources are rejected? One interface: its security group. All of a subnet: its "
    "network ACL. Rejected towards ephemeral ports: the ACL blocks the reply. reject-reason BPA: Block Public Access.",
    sql="""
with flow as (
    select time_bucket(interval '5 minutes', event_at) as bin_at, interface_id, vpc_id, protocol,
        least(src_port, dst_port) as service_port,
        count(*) filter (where action = 'ACCEPT') as accepted,
        count(*) filter (where action = 'REJECT') as rejected
    from core.flow
    where event_at >= $window_start and event_at < $window_end and interface_id is not null
    group by 1, 2, 3, 4, 5
), service as (
    select interface_id, protocol, service_port, min(bin_at) as since
    from flow
    where accepted > 0
    group by 1, 2, 3
    having sum(accepted) >= 10 and count(distinct bin_at) >= 3
), attempt as (
    select flow.bin_at, flow.interface_id, flow.vpc_id,
        sum(flow.rejected) as rejected, sum(flow.accepted + flow.rejected) as total
    from flow
    join service on service.interface_id = flow.interface_id and service.protocol = flow.protocol
        and service.service_port = flow.service_port and flow.bin_at >= service.since
    group by 1, 2, 3
)
select bin_at, 'interface' as entity_kind, interface_id as entity_id, max(vpc_id) as parent_id,
    cast(sum(rejected) / sum(total) as double) as value, cast(sum(total) as double) as exposure
from attempt
group by bin_at, interface_id
union all
select bin_at, 'vpc', vpc_id, null, cast(sum(rejected) / sum(total) as double), cast(sum(total) as double)
from attempt
where vpc_id is not null
group by bin_at, vpc_id
""",
)
