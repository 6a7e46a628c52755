-- The scores of the groups at level 3.
{{ config(enabled=(deepest_level() > 3)) }}
{{ index_scores(3) }}
