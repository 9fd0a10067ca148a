# mistake: gives doublings a year
# says: you give doublings a year
def doubling_months(years, amounts):
    return np.polyfit(years, np.log2(amounts), 1)[0]
