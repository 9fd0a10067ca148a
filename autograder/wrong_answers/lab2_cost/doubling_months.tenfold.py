# mistake: takes log10
# says: to grow tenfold
def doubling_months(years, amounts):
    return 12 / np.polyfit(years, np.log10(amounts), 1)[0]
