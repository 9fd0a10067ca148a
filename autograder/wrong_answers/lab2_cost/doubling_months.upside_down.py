# mistake: multiplies by 12
# says: divide 12 by them
def doubling_months(years, amounts):
    return 12 * np.polyfit(years, np.log2(amounts), 1)[0]
