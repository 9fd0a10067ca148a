# mistake: calls the package's fit
# says: uses greenlab.studies.doubling_time
def doubling_months(years, amounts):
    return cost.doubling_time(years, amounts).months
