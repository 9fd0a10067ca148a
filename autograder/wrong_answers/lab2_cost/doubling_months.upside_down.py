# mistake: multiplies by 12
# says: you multiply the doublings a year by 12
def doubling_months(years, amounts):
    return 12 * np.polyfit(years, np.log2(amounts), 1)[0]
