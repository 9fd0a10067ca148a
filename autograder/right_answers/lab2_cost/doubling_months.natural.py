# different: natural logarithm, times ln 2, time in months
def doubling_months(years, amounts):
    months = [12 * (year - 2000) for year in years]
    slope = np.polyfit(months, np.log(amounts), 1)[0]
    return float(np.log(2) / slope)
