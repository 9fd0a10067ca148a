# mistake: gives years
# says: you give years
def doubling_months(years, amounts):
    return 1 / np.polyfit(years, np.log2(amounts), 1)[0]
