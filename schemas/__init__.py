"""What may come in: the contract of an observation and of every declaration. What is published is defined in dbt/models/marts."""
