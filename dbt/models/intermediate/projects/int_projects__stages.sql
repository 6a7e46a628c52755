-- The stages a project passes, in order. A project that has reached one has passed all before it, with or without a day.
select 'pitched' as stage, '推介' as stage_zh, 1 as stage_order
union all
select 'negotiated' as stage, '在谈' as stage_zh, 2 as stage_order
union all
select 'signed' as stage, '签约' as stage_zh, 3 as stage_order
union all
select 'started' as stage, '开工' as stage_zh, 4 as stage_order
union all
select 'operating' as stage, '投产' as stage_zh, 5 as stage_order
