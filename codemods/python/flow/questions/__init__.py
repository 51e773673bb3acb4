"""Questions about one place, each answered over all files: functions of the joined graph."""
