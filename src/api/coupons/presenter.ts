/** Coupons and store credit as HAL resources. They are shown to those only who may hand them out. */
import type { Template } from '../../contracts/documents/schemas.ts';
import {
  CouponBody,
  CreditBody,
  type CouponResource,
  type CreditResource,
} from '../../contracts/orders/coupons.ts';
import type { Credit, IssuedCoupon } from '../../store/orders/coupons.ts';
import { postForm, type Places } from '../documents/resource.ts';

export class CouponPresenter {
  readonly places: Places;
  readonly #currency: string;

  constructor(places: Places, currency: string) {
    this.places = places;
    this.#currency = currency;
  }

  coupon(coupon: IssuedCoupon): CouponResource {
    const { places } = this;
    const _links = {
      self: { href: places.coupon(coupon.code) },
      collection: { href: places.coupons() },
      home: { href: places.base },
    };
    return { ...coupon, currency: this.#currency, _links };
  }

  /** What can be done with the list. */
  listTemplates(): Record<string, Template> {
    return { default: postForm('New coupon', this.places.coupons(), CouponBody) };
  }

  credit({ email, balanceMinor }: Credit): CreditResource {
    const place = this.places.credit(email);
    return {
      email,
      balanceMinor,
      currency: this.#currency,
      _links: { self: { href: place }, home: { href: this.places.base } },
      _templates: { default: postForm('Give', place, CreditBody) },
    };
  }
}
