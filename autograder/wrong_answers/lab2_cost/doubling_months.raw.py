# mistake: fits the amounts
# says: the line goes through the amounts
def doubling_months(years, amounts):
    return 12 / np.polyfit(years, amounts, 1)[0]
