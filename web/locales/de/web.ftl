submit-title = x
