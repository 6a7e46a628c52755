-- The scores of the groups at level 4.
{{ config(enabled=(deepest_level() > 4)) }}
{{ index_scores(4) }}
