# mistake: fits the amounts
# says: your line goes through the amounts
def doubling_months(years, amounts):
    return 12 / np.polyfit(years, amounts, 1)[0]
